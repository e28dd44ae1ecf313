# Holds one server process for a test and outlives the test by a moment, to clean up after it.
#
#   sh -c "$this" guard DIRECTORY LOG COMMAND [ARGUMENT...]
#
# Orders come in on standard input, one a line; each is answered by one line. The end of the input
# means that the test is over, however it ended (a pipe is closed by the kernel, even after kill -9):
# the process is killed and its directory removed.
directory=$1
log=$2
shift 2
process=
while read -r order; do
    case $order in
        start)
            "$@" </dev/null >>"$log" 2>&1 &
            process=$!
            echo "$process"
            ;;
        term) kill -TERM "$process" 2>/dev/null; echo "sent" ;;
        pause) kill -STOP "$process" 2>/dev/null; echo "sent" ;;
        resume) kill -CONT "$process" 2>/dev/null; echo "sent" ;;
        kill)
            kill -KILL "$process" 2>/dev/null
            wait "$process" 2>/dev/null
            process=
            echo "gone"
            ;;
        wait)
            wait "$process"
            echo "$?"
            process=
            ;;
    esac
done
if [ -n "$process" ]; then
    kill -KILL "$process" 2>/dev/null
    wait "$process" 2>/dev/null
fi
rm -rf "$directory"
rmdir "$(dirname "$directory")" 2>/dev/null
exit 0

"""Kubernetes manifests: valid by schema, confined, all named.

The schemas come with the package kubernetes-validate; what is not of Kubernetes itself (KEDA's
ScaledObject, the kustomizations) has none there and is only read.
"""

import warnings

import yaml

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import kubernetes_validate

# The newest version whose schemas the package has, and one that many clusters still run.
VERSIONS = ("1.30", kubernetes_validate.latest_version())


def documents(folder):
    for path in sorted(folder.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            yield path, document


def check(root):
    folder = root / "deploy/kubernetes/base"
    for directory in (folder, folder.parent / "keda"):
        listed = yaml.safe_load((directory / "kustomization.yaml").read_text())["resources"]
        found = {path.name for path in directory.glob("*.yaml")} - {"kustomization.yaml"}
        yield from (f"{directory.name}/{name} is not in the kustomization" for name in found - set(listed))
        yield from (f"{directory.name}: there is no {name}" for name in listed if not (directory / name).exists())
    kinds = set()
    for path, document in documents(folder):
        if path.name == "kustomization.yaml":
            continue
        kinds.add(document["kind"])
        yield from by_schema(path.name, document)
        if template := document.get("spec", {}).get("template"):
            yield from (f"{path.name}: {finding}" for finding in confined(template["spec"]))
    wanted = {"Deployment", "StatefulSet", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "Service"}
    yield from (f"there is no {kind}" for kind in wanted - kinds)


def by_schema(name, document):
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{name} ({document['kind']}), Kubernetes {version}: {error.message}"


def confined(pod):
    security = pod.get("securityContext", {})
    if not security.get("runAsNonRoot") or security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "may run as root, or without a seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield "has a token for the API that it does not need"
    for container in pod["containers"]:
        mine = container.get("securityContext", {})
        good = (mine.get("allowPrivilegeEscalation") is False and mine.get("readOnlyRootFilesystem") is True
                and mine.get("capabilities", {}).get("drop") == ["ALL"])
        if not good:
            yield f"the container {container['name']} is not confined"
        if "memory" not in container.get("resources", {}).get("limits", {}):
            yield f"the container {container['name']} has no memory limit"
        if "readinessProbe" not in container:
            yield f"the container {container['name']} has no readiness probe"

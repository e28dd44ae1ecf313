//! A small shop: its pages, what leads where, and what things cost.

use crate::datagen::seed::Dice;
use crate::datagen::text::push_padded;

/// Number of products in the shop.
pub(super) const PRODUCTS: u16 = 240;
const CATEGORIES: [&str; 8] = [
    "books", "garden", "kitchen", "lamps", "music", "outdoor", "tea", "toys",
];

/// A product, `0..PRODUCTS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Product(u16);

impl Product {
    /// Any product, the first ones more often: a shop has its favourites.
    pub(super) fn any(dice: &mut Dice) -> Self {
        let first = dice.below(u64::from(PRODUCTS)) as u16;
        Self(first.min(dice.below(u64::from(PRODUCTS)) as u16))
    }

    /// Any product of a category.
    fn of(dice: &mut Dice, category: u8) -> Self {
        let count = CATEGORIES.len() as u16;
        let shelf = dice.below(u64::from(PRODUCTS / count)) as u16;
        Self(shelf * count + u16::from(category))
    }

    fn category(self) -> u8 {
        (self.0 % CATEGORIES.len() as u16) as u8
    }

    /// Appends its name, such as `p-0042`.
    pub(super) fn push_id(self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"p-");
        push_padded(out, u64::from(self.0) + 1, 4);
    }

    /// What it costs, in cents: the same in every run.
    pub(super) fn cents(self) -> i64 {
        let n = i64::from(self.0);
        let whole = 3 + (n * n * 7 + n * 31) % 190;
        let cents = [99, 95, 90, 50, 0][(n % 5) as usize];
        whole * 100 + cents
    }
}

/// Where on the site someone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The entry page: a session starts here and never comes back to it.
    Home,
    Category(u8),
    Search(u8),
    Product(Product),
    Help,
    /// With this product in it.
    Cart(Product),
    /// About to pay for this product.
    Checkout(Product),
    /// Paid.
    Bought(Product),
}

impl Place {
    /// The page someone goes to from here; `None` when they leave.
    pub(super) fn next(self, dice: &mut Dice) -> Option<Self> {
        let category = dice.below(CATEGORIES.len() as u64) as u8;
        let mut go = |weights: [u32; 5]| dice.pick(weights.into_iter());
        // Columns: category, search, product, onwards (help, cart, checkout, pay), leave.
        let choice = match self {
            Self::Home => go([55, 25, 10, 5, 5]),
            Self::Category(_) => go([15, 8, 65, 0, 12]),
            Self::Search(_) => go([12, 10, 65, 1, 12]),
            Self::Product(_) => go([22, 6, 33, 20, 19]),
            Self::Help => go([40, 20, 0, 0, 40]),
            Self::Cart(_) => go([8, 2, 15, 55, 20]),
            Self::Checkout(_) => go([2, 0, 4, 80, 14]),
            Self::Bought(_) => go([20, 5, 5, 0, 70]),
        };
        match (choice, self) {
            (0, _) => Some(Self::Category(category)),
            (1, _) => Some(Self::Search(category)),
            (2, Self::Category(of) | Self::Search(of)) => {
                Some(Self::Product(Product::of(dice, of)))
            }
            (2, Self::Product(like)) => Some(Self::Product(Product::of(dice, like.category()))),
            (2, _) => Some(Self::Product(Product::any(dice))),
            (3, Self::Product(product)) => Some(Self::Cart(product)),
            (3, Self::Cart(product)) => Some(Self::Checkout(product)),
            (3, Self::Checkout(product)) => Some(Self::Bought(product)),
            (3, _) => Some(Self::Help),
            _ => None,
        }
    }

    /// Appends the page's path.
    pub(super) fn push_page(self, out: &mut Vec<u8>) {
        match self {
            Self::Home => out.push(b'/'),
            Self::Category(n) => {
                out.extend_from_slice(b"/c/");
                out.extend_from_slice(CATEGORIES[usize::from(n)].as_bytes());
            }
            Self::Search(n) => {
                out.extend_from_slice(b"/search?q=");
                out.extend_from_slice(CATEGORIES[usize::from(n)].as_bytes());
            }
            Self::Product(product) => {
                out.extend_from_slice(b"/products/");
                product.push_id(out);
            }
            Self::Help => out.extend_from_slice(b"/help"),
            Self::Cart(_) => out.extend_from_slice(b"/cart"),
            Self::Checkout(_) => out.extend_from_slice(b"/checkout"),
            Self::Bought(_) => out.extend_from_slice(b"/checkout/done"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datagen::seed::Seeds;

    #[test]
    fn nobody_pays_for_what_they_did_not_look_at_and_nobody_comes_back_home() {
        let mut dice = Seeds::new(5, "t").dice("t", 0);
        let (mut bought, mut steps) = (0, 0);
        for _ in 0..5_000 {
            let mut seen = Vec::new();
            let mut place = Place::Home;
            while let Some(next) = place.next(&mut dice) {
                assert_ne!(next, Place::Home);
                match next {
                    Place::Product(product) => seen.push(product),
                    Place::Bought(product) => {
                        bought += 1;
                        assert!(seen.contains(&product));
                    }
                    _ => {}
                }
                place = next;
                steps += 1;
            }
        }
        assert!((4..10).contains(&(steps / 5_000)), "{steps} steps");
        assert!(
            (250..1_500).contains(&bought),
            "{bought} of 5000 sessions bought something"
        );
    }

    #[test]
    fn prices_look_like_prices() {
        for n in 0..PRODUCTS {
            let cents = Product(n).cents();
            assert!((300..20_000).contains(&cents), "{n}: {cents}");
        }
    }
}

//! Discord. What the reconciler does with the two databases is the business of the tests of Telegram; here one is enough.

mod faults;
mod fixture;
mod following;
mod wire;

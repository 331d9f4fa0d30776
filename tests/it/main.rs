//! The journeys: the product driven through its own doors. One binary, so that it links once.

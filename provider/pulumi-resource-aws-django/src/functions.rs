//! The functions of the package.

pub mod listener_slot;
pub mod running_images;

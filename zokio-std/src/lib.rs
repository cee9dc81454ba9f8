//! Zokio on servers and desktops: drivers for io_uring and epoll, a runtime on top, and networking.
pub mod driver;

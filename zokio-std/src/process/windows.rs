//! The end of a program on Windows: a wait by a thread of the system's. The near ends of its pipes are overlapped: the
//! standard library reads both of a program's outputs at once by that.

pub(super) use crate::io::{PipeReader as Reader, PipeWriter as Writer};
use crate::runtime::Handle;
use std::ffi::c_void;
use std::future::poll_fn;
use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Threading::{
    INFINITE, RegisterWaitForSingleObject, UnregisterWaitEx, WT_EXECUTEINWAITTHREAD, WT_EXECUTEONLYONCE,
};

pub(super) type Raw = OwnedHandle;

#[derive(Debug, Default)]
struct Ended {
    ended: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

/// Tells when a program has ended.
///
/// *Invariant "told while it lives":* the system has the address of `state` until the wait is given back, which waits for a call
/// that is under way; `state` is let go of afterwards.
#[derive(Debug)]
pub(super) struct End {
    state: Arc<Ended>,
    wait: HANDLE,
}

// SAFETY: the wait is a number, which any thread may give back.
unsafe impl Send for End {}
// SAFETY: as above.
unsafe impl Sync for End {}

/// Runs on a thread of the system's.
unsafe extern "system" fn ended(state: *mut c_void, _timed_out: bool) {
    // SAFETY: "told while it lives".
    let state = unsafe { &*state.cast_const().cast::<Ended>() };
    state.ended.store(true, Ordering::Release);
    let waker = state.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl End {
    pub(super) fn of(_runtime: Handle, child: &std::process::Child) -> io::Result<Self> {
        let state = Arc::new(Ended::default());
        let mut wait: HANDLE = std::ptr::null_mut();
        let flags = WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD;
        let context = Arc::as_ptr(&state).cast_mut().cast::<c_void>();
        // SAFETY: the process' handle is open as long as the child, which outlives this; "told while it lives".
        let done = unsafe {
            RegisterWaitForSingleObject(&mut wait, child.as_raw_handle(), Some(ended), context, INFINITE, flags)
        };
        if done == 0 { Err(io::Error::last_os_error()) } else { Ok(Self { state, wait }) }
    }

    /// Waits until the program has ended.
    pub(super) async fn seen(&mut self) -> io::Result<()> {
        poll_fn(|cx| {
            // First the waker, then the look: an end in between finds the one or is seen by the other.
            let before = self.state.waker.lock().unwrap_or_else(PoisonError::into_inner).replace(cx.waker().clone());
            drop(before);
            if self.state.ended.load(Ordering::Acquire) { Poll::Ready(Ok(())) } else { Poll::Pending }
        })
        .await
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // SAFETY: given back once. Waits for a call that is under way.
        unsafe { UnregisterWaitEx(self.wait, INVALID_HANDLE_VALUE) };
    }
}

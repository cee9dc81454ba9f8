//! A function as a state machine that can be looked at and started again.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

pin_project_lite::pin_project! {
    /// An `async` function (or closure that returns a future) as a value: poll it, ask how it went, start it again.
    ///
    /// ```text
    ///            (1) first poll          (2) Ok
    ///   idle ───────────────► running ─────────► completed
    ///    ▲                       │  (3) Err
    ///    │                       └────────────► failed
    ///    └───────── (4) reset, from anywhere ──────┘
    /// ```
    ///
    /// For what must be tried again: a connection, an initialisation, a step of a protocol. It owns its future, in place; its
    /// size is known when the program is compiled ([`SIZE`](Self::SIZE)), and starting again allocates nothing.
    ///
    /// ```
    /// use core::pin::pin;
    /// use core::task::{Context, Waker};
    /// use zokio_core::task::AsyncFn;
    ///
    /// let mut attempts = 0;
    /// let mut connect = pin!(AsyncFn::new(|| {
    ///     attempts += 1;
    ///     core::future::ready(if attempts < 3 { Err("refused") } else { Ok(attempts) })
    /// }));
    /// let mut cx = Context::from_waker(Waker::noop());
    /// while connect.as_mut().poll(&mut cx).is_ready() && connect.is_failed() {
    ///     assert_eq!(connect.error(), Some(&"refused"));
    ///     connect.as_mut().reset();
    /// }
    /// assert_eq!(connect.output(), Some(&3));
    /// ```
    ///
    /// **Cancel safety:** [`reset`](Self::reset) and dropping drop the future where it stands. **Wake-up:** as the future's.
    pub struct AsyncFn<M, F, T, E> {
        make: M,
        #[pin]
        stage: Stage<F, T, E>,
    }
}

pin_project_lite::pin_project! {
    #[project = StageProjection]
    enum Stage<F, T, E> {
        Idle,
        Running { #[pin] future: F },
        Completed { output: T },
        Failed { error: E },
    }
}

impl<M, F, T, E> AsyncFn<M, F, T, E>
where
    M: FnMut() -> F,
    F: Future<Output = Result<T, E>>,
{
    /// Bytes of the function's future, of which this is a little more than the size.
    pub const SIZE: usize = size_of::<F>();

    /// `make` as a state machine. It is called at the first poll, and again after each reset.
    pub const fn new(make: M) -> Self {
        Self { make, stage: Stage::Idle }
    }

    /// Takes the function a step further; ready once it has completed or failed, and from then on until a reset.
    pub fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        if let Stage::Idle = *this.stage {
            let future = (this.make)();
            this.stage.set(Stage::Running { future });
        }
        let StageProjection::Running { future } = this.stage.as_mut().project() else { return Poll::Ready(()) };
        let Poll::Ready(result) = future.poll(cx) else { return Poll::Pending };
        this.stage.set(match result {
            Ok(output) => Stage::Completed { output },
            Err(error) => Stage::Failed { error },
        });
        Poll::Ready(())
    }

    /// Runs the function to its end, unless it has come to one, and tells how it went.
    ///
    /// **Cancel safety:** dropping the future leaves the function where it is; the next call goes on. **Wake-up:** as the
    /// function's future. **Complexity:** that of the function's polls; nothing is allocated.
    ///
    /// # Errors
    /// The function's, which is kept here.
    pub async fn run(mut self: Pin<&mut Self>) -> Result<&T, &E> {
        core::future::poll_fn(|cx| self.as_mut().poll(cx)).await;
        match &self.into_ref().get_ref().stage {
            Stage::Completed { output } => Ok(output),
            Stage::Failed { error } => Err(error),
            Stage::Idle | Stage::Running { .. } => core::future::pending().await,
        }
    }

    /// Drops the future, the output or the error; the next poll begins anew.
    pub fn reset(self: Pin<&mut Self>) {
        self.project().stage.set(Stage::Idle);
    }

    /// Whether it has begun and come to no end.
    pub fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running { .. })
    }

    /// Whether it ended with `Ok`.
    pub fn is_completed(&self) -> bool {
        matches!(self.stage, Stage::Completed { .. })
    }

    /// Whether it ended with `Err`.
    pub fn is_failed(&self) -> bool {
        matches!(self.stage, Stage::Failed { .. })
    }

    /// What it gave, if it has completed.
    pub fn output(&self) -> Option<&T> {
        match &self.stage {
            Stage::Completed { output } => Some(output),
            _ => None,
        }
    }

    /// What went wrong, if it has failed.
    pub fn error(&self) -> Option<&E> {
        match &self.stage {
            Stage::Failed { error } => Some(error),
            _ => None,
        }
    }
}

impl<M, F, T, E> fmt::Debug for AsyncFn<M, F, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.stage {
            Stage::Idle => "AsyncFn(idle)",
            Stage::Running { .. } => "AsyncFn(running)",
            Stage::Completed { .. } => "AsyncFn(completed)",
            Stage::Failed { .. } => "AsyncFn(failed)",
        })
    }
}

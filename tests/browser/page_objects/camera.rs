//! A camera without one: what `getUserMedia` answers.

/// The visitor does not allow it.
pub(crate) const REFUSE_CAMERA: &str = "navigator.mediaDevices.getUserMedia = \
    () => Promise.reject(new DOMException('no', 'NotAllowedError')), 0";

/// A picture whose colour changes all the time, `window.scene` as its hue.
pub(crate) const ALLOW_CAMERA: &str = "(() => { \
    const canvas = document.createElement('canvas'); \
    const context = canvas.getContext('2d'); \
    setInterval(() => { \
        context.fillStyle = `hsl(${window.scene ?? 360 * Math.random()} 80% ${30 + 40 * Math.random()}%)`; \
        context.fillRect(0, 0, 300, 150); \
        context.fillStyle = 'white'; \
        context.fillRect(250 * Math.random(), 100 * Math.random(), 40, 40); }, 40); \
    navigator.mediaDevices.getUserMedia = \
        () => Promise.resolve(window.stream = canvas.captureStream()); })()";

/// Whether nothing looks through the camera any more.
pub(crate) const CAMERA_STOPPED: &str =
    "window.stream.getTracks().every(track => track.readyState === 'ended')";

/// Lets go of the record button.
pub(crate) const RELEASE: &str = "document.querySelector('[data-testid=camera-record]').dispatchEvent(\
    new KeyboardEvent('keyup', { key: ' ', bubbles: true }))";

// Only in `cargo lab serve --dev`: waits for the next build, then reloads the page.
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let seen = null;
for (;;) {
  try {
    const query = seen === null ? '' : `?after=${seen}`;
    const response = await fetch(`./__build${query}`, { cache: 'no-store' });
    const number = await response.text();
    if (response.ok && seen !== null && number !== seen) {
      location.reload();
      break;
    }
    if (response.ok) seen = number;
  } catch {
    // The server is being restarted.
    await pause(1000);
  }
}

// Whether this browser has a GPU for the engine. The engine is there twice, and only where it has is the one
// with the GPU device fetched.

/**
 * The adapter that the engine would take, or null. `software` is the name of a software adapter (the GPU is
 * emulated on the processor, and slower than that itself), where the browser has no other.
 */
export async function realAdapter() {
  // As the engine asks for it.
  const options = { powerPreference: 'high-performance' };
  const adapter = await navigator.gpu?.requestAdapter(options).catch(() => null) ?? null;
  if (!adapter) return { adapter: null, software: '' };
  const { info } = adapter;
  if (!(info?.isFallbackAdapter ?? adapter.isFallbackAdapter)) return { adapter, software: '' };
  const parts = [info?.vendor, info?.architecture, info?.device].map((part) => part?.trim()).filter(Boolean);
  const software = info?.description || [...new Set(parts)].join(' ') || 'WebGPU adapter (unnamed by the browser)';
  return { adapter: null, software };
}

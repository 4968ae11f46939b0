// The script itself is in PACKED, compressed: it travels with every update.
const bytes = Uint8Array.from(atob(PACKED), (letter) => letter.charCodeAt(0));
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
const text = await new Response(stream).text();
const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
export default (await import(address)).default;

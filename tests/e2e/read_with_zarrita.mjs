// usage: node read_with_zarrita.mjs MODULES CLIP ARRAY...
//
// Print the arrays of a clip in a folder as JSON, by name: type, shape, and values as text (64 bits do not fit a
// number). An array that zarrita refuses is printed as {"error"}. MODULES: the node_modules folder that has zarrita.
import { argv } from "node:process";

const [modules, clip, ...names] = argv.slice(2);
const zarr = await import(`${modules}/zarrita/dist/src/index.js`);
const { default: FileSystemStore } = await import(`${modules}/@zarrita/storage/dist/src/fs.js`);

const root = zarr.root(new FileSystemStore(clip));
const found = {};
for (const name of names) {
    try {
        const array = await zarr.open(root.resolve(name), { kind: "array" });
        const { data } = await zarr.get(array);
        found[name] = { dtype: array.dtype, shape: array.shape, values: Array.from(data, String) };
    } catch (error) {
        found[name] = { error: String(error) };
    }
}
const group = await zarr.open(root, { kind: "group" });
found[""] = { title: group.attrs.title };
console.log(JSON.stringify(found));

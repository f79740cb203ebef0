/** A census of a source tree: one task a file, executed by a WASM module, checked against a plain computation. */
package io.infrafabric.cli.demo.census;

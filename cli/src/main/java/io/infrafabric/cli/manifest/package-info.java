/** Manifests as people write them: files and folders of YAML and JSON, and the JSON Schema that says what one looks like. */
package io.infrafabric.cli.manifest;

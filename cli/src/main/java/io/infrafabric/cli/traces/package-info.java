/** A small OTLP collector inside this process, so that the traces of a local fabric can be looked at without any other program. */
package io.infrafabric.cli.traces;

/** A small OTLP collector, so that tests judge the traces that really leave a process. */
package io.infrafabric.testkit.otlp;

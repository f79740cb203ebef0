/** {@code up} and {@code down}: a local fabric that stays, with a collector for its traces. */
package io.infrafabric.cli.run;

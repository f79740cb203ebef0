/**
 * Starting and stopping: what is opened is closed once in reverse order, loops that run every period, and the one place
 * that makes threads. Called by every {@code Main}.
 */
package io.infrafabric.kit.lifecycle;

/**
 * Tasks: putting them in, telling what became of them, and making them ready. Owns {@code tasks/}; the claim package
 * moves a task through its claims. Invariants I2, I6, I12.
 */
package io.infrafabric.coordinator.task;

/**
 * Chaos: clients that work while everything around them fails, and what makes it fail. What happened is judged by
 * {@link io.infrafabric.testkit.history}.
 */
package io.infrafabric.testkit.chaos;

/**
 * Settings of a program: one record, filled from flags, {@code IF_*} variables, a YAML file and defaults, in that order.
 * Every problem is reported at once, with key, source and what is expected. Called once, first thing in {@code Main}.
 */
package io.infrafabric.kit.config;

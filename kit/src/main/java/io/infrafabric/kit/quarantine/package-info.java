/**
 * Values that cannot be read: the service that alone writes a key moves them aside, or keeps them where they stand when an absent record
 * would be worse than an unreadable one, and reports both. Owns the keys under {@code quarantine/}; knows no record but its own.
 */
package io.infrafabric.kit.quarantine;

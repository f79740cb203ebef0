/** {@code ifctl}: operates a fabric over its gRPC doors. A group of verbs is a class, a verb is a method or a nested class. */
package io.infrafabric.cli.ifctl;

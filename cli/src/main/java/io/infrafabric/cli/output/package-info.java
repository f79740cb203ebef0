/** What a person or a program reads: tables, JSON, money, and failures. Nothing here knows what the fabric does. */
package io.infrafabric.cli.output;

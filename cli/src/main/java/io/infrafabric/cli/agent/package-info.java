/** Any program as an agent: it reads a task's payload from its standard input and writes the result to its standard output. */
package io.infrafabric.cli.agent;

/** What a repository of the git-polling predecessor becomes here: instruction and status files in, a plan out. */
package io.infrafabric.cli.migrate;

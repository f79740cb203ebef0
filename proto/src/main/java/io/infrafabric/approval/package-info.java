/** Approval gates of tasks, as the coordinator keeps them and the governor asks people about them. */
package io.infrafabric.approval;

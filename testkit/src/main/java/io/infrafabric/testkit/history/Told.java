package io.infrafabric.testkit.history;

import io.infrafabric.coordinator.v1.TaskEventType;

/**
 * A message about a task that somebody was sent.
 *
 * @param revision of the task that it tells of
 * @param event what it says happened; unspecified for an offer, which says that the task is ready
 * @param reconciled true when it tells the state as it was found, and not each change
 * @param storeRevision the newest revision of the store when it was sent; {@link Long#MAX_VALUE} when nobody looked
 */
public record Told(String task, long revision, TaskEventType event, boolean reconciled, long storeRevision) {}

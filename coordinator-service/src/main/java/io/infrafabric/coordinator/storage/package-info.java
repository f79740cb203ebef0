/**
 * The room in etcd's database: measured, kept by compaction, and guarded, because a full etcd takes no writes at all and then
 * not even what is claimed could be ended. Called by whatever writes something new.
 */
package io.infrafabric.coordinator.storage;

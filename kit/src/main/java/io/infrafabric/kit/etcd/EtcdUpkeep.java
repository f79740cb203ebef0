package io.infrafabric.kit.etcd;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.maintenance.AlarmMember;
import io.etcd.jetcd.maintenance.AlarmType;
import io.etcd.jetcd.maintenance.StatusResponse;
import io.grpc.Status;
import io.infrafabric.kit.store.Upkeep.Space;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Size, compaction and defragmentation of etcd's database. */
final class EtcdUpkeep {
  private EtcdUpkeep() {}

  /** How a call is made, with its time-out. */
  interface Caller {
    <R> CompletableFuture<R> call(Function<Client, CompletableFuture<R>> call);
  }

  /** The largest of what the members say. */
  static CompletableFuture<Space> space(List<URI> members, Caller caller) {
    CompletableFuture<Space> all = CompletableFuture.completedFuture(new Space(0, 0, false, 0));
    for (URI member : members) {
      all = all.thenCombine(caller.call(client -> client.getMaintenanceClient().statusMember(member.toString())), EtcdUpkeep::larger);
    }
    return all;
  }

  private static Space larger(Space known, StatusResponse member) {
    boolean alarm = member.getErrorList().stream().anyMatch(error -> error.contains("NOSPACE"));
    return new Space(
        Math.max(known.sizeBytes(), member.getDbSize()),
        Math.max(known.usedBytes(), member.getDbSizeInUse()),
        known.alarm() || alarm,
        Math.max(known.revision(), member.getHeader().getRevision()));
  }

  static CompletableFuture<Void> compact(long revision, Caller caller) {
    return caller
        .call(client -> client.getKVClient().compact(revision))
        .<Void>thenApply(done -> null)
        .exceptionallyCompose(
            failure ->
                EtcdFailures.code(failure) == Status.Code.OUT_OF_RANGE // compacted already, further than this
                    ? CompletableFuture.completedFuture(null)
                    : CompletableFuture.failedFuture(failure));
  }

  static CompletableFuture<Void> defragment(List<URI> members, Client client) {
    CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
    for (URI member : members) {
      all = all.thenCompose(done -> client.getMaintenanceClient().defragmentMember(member.toString()).thenApply(r -> null));
    }
    return all.thenCompose(done -> client.getMaintenanceClient().listAlarms())
        .thenCompose(
            alarms ->
                CompletableFuture.allOf(
                    alarms.getAlarms().stream()
                        .filter(alarm -> alarm.getAlarmType() == AlarmType.NOSPACE)
                        .map(alarm -> disarm(client, alarm))
                        .toArray(CompletableFuture[]::new)));
  }

  private static CompletableFuture<?> disarm(Client client, AlarmMember alarm) {
    return client.getMaintenanceClient().alarmDisarm(alarm);
  }
}

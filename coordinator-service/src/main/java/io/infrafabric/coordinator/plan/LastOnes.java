package io.infrafabric.coordinator.plan;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.SharesRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.Taken;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A claim of one of the last ones of some equal tasks. Which claims other coordinators make at the same moment matters then, so each compares
 * and writes one record of the plan: it names the newest of them, so that a copy which has yet to see one of those counts it all the same.
 * Asked on the replica's thread, as decisions are.
 */
public final class LastOnes {
  /**
   * From how many on are the last ones: of those that nobody is owed. No more claims than half of this may be under way at the other coordinators, or
   * be unseen by one of them, without it giving a swarm more than its share.
   */
  static final int MARGIN = 64;

  private final Records records;
  private final PlanIndex index;
  private final View copy;
  private final ReadyTask task;
  private final SwarmId swarm;
  private final Set<String> competing;

  /**
   * @param copy which feeds the index
   * @param competing who competes for them
   */
  LastOnes(Records records, PlanIndex index, View copy, ReadyTask task, SwarmId swarm, Set<String> competing) {
    this.records = records;
    this.index = index;
    this.copy = copy;
    this.task = task;
    this.swarm = swarm;
    this.competing = competing;
  }

  /** What such a claim compares and writes. */
  public String key() {
    return records.keys().shares(new PlanId(task.spec().getPlanId()));
  }

  /** Whether the swarm's share leaves it room for the task by this view. */
  public boolean mayTake(View view) {
    PhaseCounts counts = index.counts(task.spec().getPlanId(), task.requirement().phase());
    Map<String, Integer> had = new HashMap<>(counts.taken());
    List<Taken> unseen = unseen(records, copy, record(view).getTakenList(), task.requirement().phase());
    unseen.forEach(taken -> had.merge(taken.getSwarmId(), 1, Integer::sum));
    List<Integer> others = competing.stream().map(other -> had.getOrDefault(other, 0)).toList();
    return ShareRules.mayTake(had.getOrDefault(swarm.value(), 0), others, counts.ready() - unseen.size());
  }

  /** The record with this claim. */
  public ByteString next(View view) {
    SharesRecord before = record(view);
    SharesRecord.Builder next = before.toBuilder().setPlanId(task.spec().getPlanId()).clearTaken();
    next.addAllTaken(before.getTakenList().subList(Math.max(0, before.getTakenCount() - MARGIN + 1), before.getTakenCount()));
    next.addTaken(Taken.newBuilder().setTaskId(task.id().value()).setSwarmId(swarm.value()).setRevision(task.revision()));
    return Records.bytes(next.build());
  }

  private SharesRecord record(View view) {
    return view.get(key()).map(entry -> Records.parse(entry, SharesRecord.parser())).orElse(SharesRecord.getDefaultInstance());
  }

  /** The claims of tasks of a phase that a copy has yet to see. */
  static List<Taken> unseen(Records records, View copy, List<Taken> newest, String phase) {
    return newest.stream().filter(taken -> isUnseen(records.task(copy, new TaskId(taken.getTaskId())).map(StoredTask::task), taken, phase)).toList();
  }

  private static boolean isUnseen(Optional<Task> known, Taken taken, String phase) {
    return known.filter(task -> task.getRevision() == taken.getRevision() && task.getPlanPlace().getPhase().equals(phase)).isPresent();
  }
}

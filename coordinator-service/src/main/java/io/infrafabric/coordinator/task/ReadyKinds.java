package io.infrafabric.coordinator.task;

import io.infrafabric.names.SwarmId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What ready tasks want, by who could have them: an owned kind under each of its owners, another under each capability that it asks for, one that asks
 * for none beside them, and fillers apart. So a swarm need not look at what it never could have, however much of it there is. Written by one
 * thread, read by any.
 */
public final class ReadyKinds {
  private static final String NOTHING = "";

  private final ConcurrentHashMap<Key, ConcurrentSkipListMap<Slot, Requirement>> lists = new ConcurrentHashMap<>();
  private long numbers;

  /**
   * Place of a kind in a list: cheap ones first, so that who has little credit need not look at the others.
   *
   * @param number of the kind, in the order in which they came
   */
  public record Slot(long maxCostMicros, long number) implements Comparable<Slot> {
    private static final Comparator<Slot> ORDER = Comparator.comparingLong(Slot::maxCostMicros).thenComparingLong(Slot::number);

    @Override
    public int compareTo(Slot other) {
      return ORDER.compare(this, other);
    }
  }

  /** Under what a kind is found. */
  private enum By {
    EVERYTHING,
    CAPABILITY,
    OWNER,
    PLAN
  }

  private record Key(By by, String name, boolean filler) {}

  /** Puts a kind in of which there was no task; answers where it is. */
  Slot add(Requirement kind) {
    Slot slot = new Slot(kind.maxCostMicros(), numbers++);
    keys(kind).forEach(key -> lists.computeIfAbsent(key, k -> new ConcurrentSkipListMap<>()).put(slot, kind));
    return slot;
  }

  void remove(Requirement kind, Slot slot) {
    for (Key key : keys(kind)) {
      lists.computeIfPresent(
          key,
          (k, list) -> {
            list.remove(slot);
            return list.isEmpty() ? null : list;
          });
    }
  }

  private static List<Key> keys(Requirement kind) {
    List<Key> keys = new ArrayList<>();
    keys.add(new Key(By.EVERYTHING, NOTHING, kind.filler()));
    if (kind.filler()) {
      keys.add(new Key(By.PLAN, kind.planId(), true));
    }
    if (!kind.owners().isEmpty()) {
      kind.owners().forEach(owner -> keys.add(new Key(By.OWNER, owner, kind.filler())));
    } else if (kind.capabilities().isEmpty()) {
      keys.add(new Key(By.CAPABILITY, NOTHING, kind.filler()));
    } else {
      kind.capabilities().stream().distinct().forEach(capability -> keys.add(new Key(By.CAPABILITY, capability, kind.filler())));
    }
    return keys;
  }

  /** Whether there is no ready task at all. */
  public boolean isEmpty() {
    return lists.isEmpty();
  }

  /**
   * The lists in which is all that a swarm could have, and more; live views. One kind may be in several.
   *
   * @param filler which of the two
   * @param mostMicros what it can promise
   */
  public List<NavigableMap<Slot, Requirement>> of(SwarmId swarm, Collection<String> capabilities, boolean filler, long mostMicros) {
    List<NavigableMap<Slot, Requirement>> found = new ArrayList<>();
    list(new Key(By.OWNER, swarm.value(), filler), mostMicros).ifPresent(found::add);
    list(new Key(By.CAPABILITY, NOTHING, filler), mostMicros).ifPresent(found::add);
    capabilities.forEach(capability -> list(new Key(By.CAPABILITY, capability, filler), mostMicros).ifPresent(found::add));
    return found;
  }

  /** All kinds that cost no more; a live view. For a policy that asks for no capability. */
  public List<NavigableMap<Slot, Requirement>> all(boolean filler, long mostMicros) {
    return list(new Key(By.EVERYTHING, NOTHING, filler), mostMicros).map(List::of).orElse(Collections.emptyList());
  }

  /** What the fillers of a plan ask for; a live view. */
  public Collection<Requirement> fillersOf(String planId) {
    return list(new Key(By.PLAN, planId, true), Long.MAX_VALUE).map(NavigableMap::values).orElse(List.of());
  }

  private Optional<NavigableMap<Slot, Requirement>> list(Key key, long mostMicros) {
    return Optional.ofNullable(lists.get(key)).map(list -> list.headMap(new Slot(mostMicros, Long.MAX_VALUE), true));
  }
}

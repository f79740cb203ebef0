package io.infrafabric.governor.spend;

import io.infrafabric.governor.v1.SpendRecord;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds days that are not kept one by one any more into the record of all days before. Every governor does it: a fold compares both records, so that a
 * day is added once.
 */
public final class SpendFolder {
  /** Folds begun in one round. */
  static final int MOST = 200;

  private static final Logger log = LoggerFactory.getLogger(SpendFolder.class);

  private final Replica replica;
  private final SpendCodec codec;
  private final int days;
  private final InstantSource clock;

  /**
   * @param days that are kept one by one, the present one counted
   */
  public SpendFolder(Replica replica, Keys keys, int days, InstantSource clock) {
    this.replica = replica;
    this.codec = new SpendCodec(keys);
    this.days = days;
    this.clock = clock;
  }

  /** Begins to fold what is due, {@value #MOST} at most; answers how many. */
  public int runOnce() {
    String oldest = SpendRules.slot(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).minusDays(days - 1L));
    var due =
        replica.scan(codec.keys().spend()).keySet().stream()
            .filter(key -> Character.isDigit(Keys.idOf(key).charAt(0)) && Keys.idOf(key).compareTo(oldest) < 0)
            .limit(MOST)
            .toList();
    due.forEach(key -> fold(swarmOf(key), Keys.idOf(key)));
    return due.size();
  }

  private SwarmId swarmOf(String key) {
    return new SwarmId(key.substring(codec.keys().spend().length(), key.lastIndexOf('/')));
  }

  /** Adds one day to those before; false when somebody else has. */
  CompletableFuture<Boolean> fold(SwarmId swarm, String day) {
    return replica
        .decide(new Fold(codec, swarm, day))
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                log.atWarn().addKeyValue("swarm", swarm.value()).addKeyValue("day", day).addKeyValue("cause", failure.toString()).log("not folded, tried again");
              }
            });
  }

  private record Fold(SpendCodec codec, SwarmId swarm, String day) implements Decision<Boolean> {
    @Override
    public Set<String> reads() {
      return Set.of();
    }

    @Override
    public Set<String> writes() {
      return Set.of(codec.keys().spend(swarm, day), codec.keys().spend(swarm, SpendRules.BEFORE));
    }

    @Override
    public Step<Boolean> decide(View view) {
      String key = codec.keys().spend(swarm, day);
      if (view.get(key).isEmpty()) {
        return Step.answer(false);
      }
      SpendRecord next = SpendRules.fold(codec.read(view, swarm, SpendRules.BEFORE), codec.read(view, swarm, day));
      Txn.Builder txn = Txn.builder().delete(view, key);
      codec.write(txn, view, next);
      return Step.commit(txn.build(), revision -> true);
    }
  }
}

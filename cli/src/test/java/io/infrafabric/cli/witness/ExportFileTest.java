package io.infrafabric.cli.witness;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.cli.Main;
import io.infrafabric.cli.witness.ExportRules.Finding;
import io.infrafabric.kit.merkle.Checkpoint;
import io.infrafabric.kit.merkle.Frontier;
import io.infrafabric.kit.merkle.Hashes;
import io.infrafabric.kit.merkle.SignedNote;
import io.infrafabric.kit.merkle.SigningKey;
import io.infrafabric.kit.merkle.VerifierKey;
import io.infrafabric.kit.telemetry.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportFileTest {
  private static final long SEED = System.nanoTime();
  private static final int ENTRIES = 30;

  @TempDir Path folder;
  private SigningKey key;
  private List<String> entries;

  @BeforeEach
  void export() throws Exception {
    key = key();
    entries = linked(ENTRIES, 1_500);
  }

  private static SigningKey key() throws Exception {
    byte[] der = KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate().getEncoded();
    return SigningKey.parse("cell/witness", "-----BEGIN PRIVATE KEY-----\n" + Base64.getEncoder().encodeToString(der) + "\n-----END PRIVATE KEY-----\n");
  }

  private static List<String> linked(int count, int cost) {
    List<String> linked = new ArrayList<>();
    String prev = "null";
    for (int i = 0; i < count; i++) {
      String entry =
          ("{\"agent\":\"agent-%d\",\"claim\":\"claim-%d\",\"component\":\"coordinator\",\"cost\":{\"micros\":%d,\"model\":\"haiku\"},\"digest\":\"%s\","
                  + "\"fence\":%d,\"id\":\"tasks/00/t%d:%d\",\"operation\":\"task.completed\",\"phase\":\"build\",\"plan\":\"p\",\"prev\":%s,"
                  + "\"request\":\"r%d\",\"revision\":%d,\"session\":5,\"severity\":\"info\",\"swarm\":\"s\",\"task\":\"t%d\","
                  + "\"time\":\"2026-11-30T10:00:00.000Z\",\"trace\":\"0af7651916cd43dd8448eb211c80319c\",\"v\":1}")
              .formatted(i, i, cost + i, "ab".repeat(32), 10 + i, i, 20 + i, prev, i, 20 + i, i);
      linked.add(entry);
      prev = '"' + hash(entry) + '"';
    }
    return linked;
  }

  private static String hash(String entry) {
    return HexFormat.of().formatHex(Hashes.leaf(entry.getBytes(StandardCharsets.UTF_8)));
  }

  private static Checkpoint checkpoint(List<String> entries) {
    Frontier tree = new Frontier();
    entries.forEach(entry -> tree.append(Hashes.leaf(entry.getBytes(StandardCharsets.UTF_8))));
    return new Checkpoint("cell/witness", tree.size(), tree.root());
  }

  private byte[] file(List<String> shown, List<String> signed) {
    String note = SignedNote.of(checkpoint(signed).text(), key).toString();
    return (JsonText.of(Map.of("checkpoint", note)) + "\n" + String.join("", shown.stream().map(entry -> entry + "\n").toList()))
        .getBytes(StandardCharsets.UTF_8);
  }

  private Finding verify(byte[] content) {
    return verify(content, List.of(key.verifier()), Optional.empty());
  }

  private Finding verify(byte[] content, List<VerifierKey> keys, Optional<Checkpoint> older) {
    try {
      return ExportFile.verify(Files.write(folder.resolve("log.jsonl"), content), keys, older);
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  private long badIndex(List<String> shown) {
    Finding finding = verify(file(shown, entries));
    assertThat(finding).isInstanceOf(Finding.Wrong.class);
    return ((Finding.Wrong) finding).index();
  }

  @Test
  void logAsItWasSigned_isSound() {
    assertThat(verify(file(entries, entries))).isInstanceOf(Finding.Sound.class);
    assertThat(verify(file(List.of(), List.of()))).isInstanceOf(Finding.Sound.class);
  }

  /** Every byte of the file, the checkpoint's too; only the last newline is nobody's. */
  @Test
  void anyByteThatWasChanged_isFound() {
    byte[] sound = file(entries, entries);
    Random random = new Random(SEED);
    for (int at = 0; at < sound.length; at++) {
      byte[] changed = sound.clone();
      changed[at] ^= (byte) (1 << random.nextInt(8));
      assertThat(verify(changed)).as("byte %d of seed %d", at, SEED).isInstanceOf(Finding.Wrong.class);
    }
  }

  @Test
  void oneByteOfEachField_isFoundAtItsEntry() {
    for (String field : List.of("agent", "claim", "component", "cost", "digest", "fence", "id", "operation", "phase", "plan", "request", "revision", "session", "severity", "swarm", "task", "time", "trace", "v")) {
      List<String> changed = new ArrayList<>(entries);
      String entry = entries.get(12);
      int value = entry.indexOf("\"" + field + "\":") + field.length() + 4 + (field.equals("cost") ? 9 : 0);
      int at = Character.isLetterOrDigit(entry.charAt(value)) ? value : value - 1;
      char other = entry.charAt(at) == '1' ? '2' : '1';
      changed.set(12, entry.substring(0, at) + other + entry.substring(at + 1));
      assertThat(badIndex(changed)).as(field).isEqualTo(12);
    }
  }

  @Test
  void whatWasTakenOutPutInOrMoved_isFound() {
    assertThat(badIndex(entries.subList(0, ENTRIES - 1))).as("the last dropped").isEqualTo(ENTRIES - 1);
    assertThat(badIndex(List.of())).as("all dropped").isZero();
    assertThat(badIndex(entries.subList(0, 10))).as("cut off").isEqualTo(10);
    List<String> swapped = new ArrayList<>(entries);
    Collections.swap(swapped, 4, 5);
    assertThat(badIndex(swapped)).as("swapped").isBetween(3L, 5L);
    List<String> without = new ArrayList<>(entries);
    without.remove(7);
    assertThat(badIndex(without)).as("one taken out").isBetween(6L, 7L);
    List<String> twice = new ArrayList<>(entries);
    twice.add(7, entries.get(7));
    assertThat(badIndex(twice)).as("one doubled").isBetween(7L, 8L);
    assertThat(badIndex(linked(ENTRIES, 1))).as("all of it written anew").isEqualTo(ENTRIES - 1);
  }

  @Test
  void fork_isNoContinuationOfTheOlderCheckpoint() {
    Checkpoint older = checkpoint(entries.subList(0, 20));
    assertThat(verify(file(entries, entries), List.of(key.verifier()), Optional.of(older))).isInstanceOf(Finding.Sound.class);

    List<String> fork = linked(ENTRIES, 1);
    Finding finding = verify(file(fork, fork), List.of(key.verifier()), Optional.of(older));
    assertThat(finding).isInstanceOfSatisfying(Finding.Wrong.class, wrong -> assertThat(wrong.what()).contains("older checkpoint"));
    Finding shorter = verify(file(entries.subList(0, 10), entries.subList(0, 10)), List.of(key.verifier()), Optional.of(older));
    assertThat(shorter).isInstanceOf(Finding.Wrong.class);
  }

  @Test
  void anotherKey_isNotTrusted_andAnOlderOneIsWhenItIsNamed() throws Exception {
    SigningKey other = key();
    assertThat(verify(file(entries, entries), List.of(other.verifier()), Optional.empty())).isInstanceOf(Finding.Wrong.class);
    assertThat(verify(file(entries, entries), List.of(other.verifier(), key.verifier()), Optional.empty())).isInstanceOf(Finding.Sound.class);
  }

  @Test
  void verb_endsWith0Or1() throws Exception {
    Path log = Files.write(folder.resolve("sound.jsonl"), file(entries, entries));
    Path keys = Files.writeString(folder.resolve("keys"), "# of the cell\n" + key.verifier() + "\n");
    Path bad = Files.write(folder.resolve("bad.jsonl"), file(entries.subList(0, 3), entries));

    assertThat(Main.run("ifctl", "witness", "verify", "--offline", log.toString(), "--key", keys.toString())).isZero();
    assertThat(Main.run("ifctl", "witness", "verify", "--offline", bad.toString(), "--key", key.verifier().toString())).isEqualTo(1);
    assertThat(Main.run("ifctl", "witness", "verify", "--offline", "nowhere", "--key", keys.toString())).isEqualTo(2);
    assertThat(Main.run("ifctl", "witness", "verify", "--offline", log.toString(), "--key", "no+key+here")).isEqualTo(2);
  }
}

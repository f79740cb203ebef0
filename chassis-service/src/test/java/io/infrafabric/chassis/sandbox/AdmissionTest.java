package io.infrafabric.chassis.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.error.Refusal;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdmissionTest {
  private static final byte[] HEADER = {0, 'a', 's', 'm', 1, 0, 0, 0};

  @Test
  void command_isAdmitted() {
    assertThat(Admission.check(Wat.command("(call $exit (i32.const 0))"), ExecutionLimits.DEFAULT)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "(memory 1)                                                        | export the function _start",
        "(func (export \"_start\"))                                        | must have a memory",
        "(memory (import \"env\" \"memory\") 1) (func (export \"_start\")) | env.memory is not a function",
        "(table 200000 funcref) (memory 1) (func (export \"_start\"))      | table entries: 200000",
        "(import \"wasi_snapshot_preview1\" \"fd_write\" (func)) (memory 1) (func (export \"_start\")) | another signature",
        "(import \"wasi_snapshot_preview1\" \"fd_wrong\" (func)) (memory 1) (func (export \"_start\")) | fd_wrong is not of",
      })
  void module_isRefusedWithTheReason(String fields, String reason) {
    assertThat(reason(Wat.module(fields))).contains(reason);
  }

  @Test
  void hugeLocals_areRefusedBeforeTheEngineSeesThem() {
    byte[] body = {1, (byte) 0xd0, (byte) 0x86, 3, 0x7f, 0x0b};
    byte[] module = module(new byte[] {1, 4, 1, 0x60, 0, 0}, new byte[] {3, 2, 1, 0}, section(10, with(1, body)));
    assertThat(reason(module)).contains("locals of a function: 50000");
  }

  @Test
  void lyingLengths_areRefused() {
    byte[] four = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};
    for (int section = 1; section <= 12; section++) {
      assertThat(reason(module(section(section, four)))).isNotEmpty();
      byte[] tooLong = {(byte) section, four[0], four[1], four[2], four[3], four[4]};
      assertThat(reason(module(tooLong))).contains("longer than what follows");
    }
  }

  @Test
  void sections_areRefusedOutOfOrderAndTwice() {
    byte[] types = {1, 1, 0};
    byte[] functions = {3, 1, 0};
    assertThat(reason(module(functions, types))).contains("out of order");
    assertThat(reason(module(types, types))).contains("there twice");
    assertThat(reason(module(new byte[] {13, 1, 0}))).contains("extension");
  }

  @Test
  void size_isLimited() {
    assertThat(reason(new byte[Admission.MODULE_BYTES + 1])).contains("at most 921600 are admitted");
  }

  @Test
  void truncatedAndDamagedModules_areRefusedOrAdmittedButNeverThrow() {
    byte[] module = Wat.command(Wat.answer("(i32.const 1)"));
    for (int length = 0; length < module.length; length++) {
      assertThat(Admission.check(Arrays.copyOf(module, length), ExecutionLimits.DEFAULT)).isPresent();
    }
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = module.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      assertThat(Admission.check(damaged, ExecutionLimits.DEFAULT)).as("seed %d", seed).isNotNull();
    }
  }

  private static String reason(byte[] module) {
    Refusal refusal = Admission.check(module, ExecutionLimits.DEFAULT).orElseThrow();
    assertThat(refusal.reason()).isEqualTo("MODULE_REJECTED");
    return refusal.message();
  }

  private static byte[] module(byte[]... sections) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(HEADER);
    for (byte[] section : sections) {
      out.writeBytes(section);
    }
    return out.toByteArray();
  }

  private static byte[] section(int id, byte[] content) {
    byte[] section = new byte[content.length + 2];
    section[0] = (byte) id;
    section[1] = (byte) content.length;
    System.arraycopy(content, 0, section, 2, content.length);
    return section;
  }

  private static byte[] with(int count, byte[] body) {
    byte[] code = new byte[body.length + 2];
    code[0] = (byte) count;
    code[1] = (byte) body.length;
    System.arraycopy(body, 0, code, 2, body.length);
    return code;
  }
}

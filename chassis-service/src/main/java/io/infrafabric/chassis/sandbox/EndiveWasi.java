package io.infrafabric.chassis.sandbox;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import run.endive.runtime.HostFunction;
import run.endive.runtime.ImportFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmFunctionHandle;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.FunctionImport;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.Import;

/**
 * WASI preview 1 for one run: standard input, output and error, one argument (the name {@code module}), clocks that tick in
 * milliseconds, random numbers. There are no files, directories, variables, sockets or signals: those functions answer BADF.
 *
 * <p>It is our own because Endive's allocates whatever size a module names, in the host.
 */
final class EndiveWasi {
  private static final int SUCCESS = 0;
  private static final int BADF = 8;
  private static final int INVAL = 28;
  private static final int NOTSUP = 58;
  private static final int SPIPE = 70;

  private static final int VECTORS = 1_024;
  private static final int SUBSCRIPTIONS = 64;
  private static final int CHUNK_BYTES = 4_096;
  private static final int PIECE_BYTES = 64 * 1024;
  private static final byte CHARACTER_DEVICE = 2;
  private static final byte[] NAME = {'m', 'o', 'd', 'u', 'l', 'e', 0};
  private static final long TICK_NANOS = 1_000_000;
  private static final RandomGenerator RANDOM = new SecureRandom();

  private final byte[] payload;
  private final CappedOutput result;
  private final CappedOutput log;
  private final long startNanos = System.nanoTime();
  private int consumed;

  EndiveWasi(byte[] payload, CappedOutput result, CappedOutput log) {
    this.payload = payload;
    this.result = result;
    this.log = log;
  }

  /** What the module imports; admission has checked names and signatures. */
  ImportValues imports(WasmModule module) {
    List<ImportFunction> functions = new ArrayList<>();
    for (int i = 0; i < module.importSection().importCount(); i++) {
      Import each = module.importSection().getImport(i);
      FunctionType type = module.typeSection().getType(((FunctionImport) each).typeIndex());
      functions.add(new HostFunction(each.module(), each.name(), type, handle(each.name())));
    }
    return ImportValues.builder().withFunctions(functions).build();
  }

  private WasmFunctionHandle handle(String name) {
    return switch (name) {
      case "args_sizes_get" -> (in, a) -> errno(sizes(in.memory(), (int) a[0], 1, (int) a[1], NAME.length));
      case "args_get" -> (in, a) -> errno(arguments(in.memory(), (int) a[0], (int) a[1]));
      case "environ_sizes_get" -> (in, a) -> errno(sizes(in.memory(), (int) a[0], 0, (int) a[1], 0));
      case "environ_get", "sched_yield" -> (in, a) -> errno(SUCCESS);
      case "clock_res_get" -> (in, a) -> errno(store(in.memory(), (int) a[0] < 2, (int) a[1], TICK_NANOS));
      case "clock_time_get" -> (in, a) -> errno(store(in.memory(), (int) a[0] < 2, (int) a[2], time((int) a[0])));
      case "fd_close" -> (in, a) -> errno(standard(a[0]) ? SUCCESS : BADF);
      case "fd_fdstat_get" -> (in, a) -> errno(describe(in.memory(), a[0], (int) a[1], 24, 0));
      case "fd_filestat_get" -> (in, a) -> errno(describe(in.memory(), a[0], (int) a[1], 64, 16));
      case "fd_seek", "fd_tell" -> (in, a) -> errno(standard(a[0]) ? SPIPE : BADF);
      case "fd_read" -> (in, a) -> errno(read(in.memory(), a));
      case "fd_write" -> (in, a) -> errno(write(in.memory(), a));
      case "poll_oneoff" -> (in, a) -> errno(poll(in.memory(), a));
      case "random_get" -> (in, a) -> errno(random(in.memory(), (int) a[0], (int) a[1]));
      case "proc_exit" -> EndiveWasi::exit;
      default -> (in, a) -> errno(BADF);
    };
  }

  private static long[] errno(int code) {
    RunEnded.ifInterrupted();
    return new long[] {code};
  }

  private static long[] exit(Instance instance, long[] arguments) {
    throw new RunEnded.ByModule((int) arguments[0]);
  }

  private static boolean standard(long descriptor) {
    return descriptor >= 0 && descriptor <= 2;
  }

  private static int sizes(Memory memory, int countAt, int count, int bytesAt, int bytes) {
    memory.writeI32(countAt, count);
    memory.writeI32(bytesAt, bytes);
    return SUCCESS;
  }

  private static int arguments(Memory memory, int pointersAt, int bytesAt) {
    memory.writeI32(pointersAt, bytesAt);
    memory.write(bytesAt, NAME);
    return SUCCESS;
  }

  private static int store(Memory memory, boolean known, int at, long value) {
    if (!known) {
      return NOTSUP;
    }
    memory.writeLong(at, value);
    return SUCCESS;
  }

  /** Clock 0 is the time of day, 1 is monotonic from the start of the run; both are coarse, against timing of the host. */
  private long time(int clock) {
    long nanos = clock == 0 ? System.currentTimeMillis() * TICK_NANOS : System.nanoTime() - startNanos;
    return nanos / TICK_NANOS * TICK_NANOS;
  }

  private static int describe(Memory memory, long descriptor, int at, int bytes, int typeAt) {
    if (!standard(descriptor)) {
      return BADF;
    }
    memory.write(at, new byte[bytes]);
    memory.writeByte(at + typeAt, CHARACTER_DEVICE);
    return SUCCESS;
  }

  private int read(Memory memory, long[] arguments) {
    int count = (int) arguments[2];
    if (arguments[0] != 0) {
      return BADF;
    }
    if (count < 0 || count > VECTORS) {
      return INVAL;
    }
    int before = consumed;
    for (int i = 0; i < count && consumed < payload.length; i++) {
      int vector = (int) arguments[1] + 8 * i;
      long wanted = memory.readU32(vector + 4);
      int n = (int) Math.min(wanted, payload.length - consumed);
      memory.write(memory.readInt(vector), payload, consumed, n);
      consumed += n;
    }
    memory.writeI32((int) arguments[3], consumed - before);
    return SUCCESS;
  }

  private int write(Memory memory, long[] arguments) {
    int count = (int) arguments[2];
    if (arguments[0] != 1 && arguments[0] != 2) {
      return BADF;
    }
    if (count < 0 || count > VECTORS) {
      return INVAL;
    }
    CappedOutput output = arguments[0] == 1 ? result : log;
    int written = 0;
    for (int i = 0; i < count; i++) {
      int vector = (int) arguments[1] + 8 * i;
      long bytes = memory.readU32(vector + 4);
      output.claim(bytes);
      pass(memory, memory.readInt(vector), (int) bytes, output);
      written += (int) bytes;
    }
    memory.writeI32((int) arguments[3], written);
    return SUCCESS;
  }

  /** In pieces: what a module writes at once may be as large as its memory. */
  private static void pass(Memory memory, int at, int bytes, CappedOutput output) {
    for (int done = 0; done < bytes; ) {
      RunEnded.ifInterrupted();
      int some = Math.min(PIECE_BYTES, bytes - done);
      output.write(memory.readBytes(at + done, some));
      done += some;
    }
  }

  private static int random(Memory memory, int at, int bytes) {
    byte[] chunk = new byte[Math.clamp(bytes, 0, CHUNK_BYTES)];
    for (int done = 0; done < bytes; ) {
      RunEnded.ifInterrupted();
      RANDOM.nextBytes(chunk);
      int n = Math.min(chunk.length, bytes - done);
      memory.write(at + done, chunk, 0, n);
      done += n;
    }
    return bytes < 0 ? INVAL : SUCCESS;
  }

  /** Waits for the nearest clock; whoever waits for a descriptor need not. One event is reported, of what ended the wait. */
  private int poll(Memory memory, long[] arguments) {
    int in = (int) arguments[0];
    int out = (int) arguments[1];
    int count = (int) arguments[2];
    if (count < 1 || count > SUBSCRIPTIONS) {
      return INVAL;
    }
    int first = in;
    long nearest = Long.MAX_VALUE;
    for (int i = 0; i < count; i++) {
      int at = in + 48 * i;
      long wait = memory.read(at + 8) == 0 ? wait(memory, at) : 0;
      if (wait < nearest) {
        nearest = wait;
        first = at;
      }
    }
    sleep(Math.max(0, nearest));
    memory.write(out, new byte[32]);
    memory.writeLong(out, memory.readLong(first));
    memory.writeByte(out + 10, memory.read(first + 8));
    memory.writeI32((int) arguments[3], 1);
    return SUCCESS;
  }

  private long wait(Memory memory, int subscription) {
    long timeout = memory.readLong(subscription + 24);
    boolean absolute = (memory.readShort(subscription + 40) & 1) == 1;
    return absolute ? timeout - time(memory.readInt(subscription + 16)) : timeout;
  }

  private static void sleep(long nanos) {
    try {
      Thread.sleep(Duration.ofNanos(nanos));
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new RunEnded.Stopped();
    }
  }
}

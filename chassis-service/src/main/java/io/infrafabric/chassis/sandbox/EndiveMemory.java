package io.infrafabric.chassis.sandbox;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import run.endive.runtime.ConstantEvaluators;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmRuntimeException;
import run.endive.wasm.types.ActiveDataSegment;
import run.endive.wasm.types.DataSegment;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.PassiveDataSegment;

/**
 * Linear memory in granules of 4 KiB that exist once they are written to. Endive's own memories zero every page of every
 * instance, which is most of the time of a short run; and their bulk operations cannot be interrupted. Of one thread.
 */
final class EndiveMemory implements Memory {
  private static final int GRANULE_BITS = 12;
  private static final int GRANULE_BYTES = 1 << GRANULE_BITS;
  private static final int MASK = GRANULE_BYTES - 1;
  private static final int GRANULES_PER_PAGE = PAGE_SIZE / GRANULE_BYTES;

  /** What is read where nothing was written. Never written to. */
  private static final byte[] ZERO = new byte[GRANULE_BYTES];

  private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final int initialPages;
  private final int maximumPages;
  private byte[][] granules;
  private volatile int pages;
  private volatile boolean growthRefused;
  private DataSegment[] segments;

  /**
   * @param largestPages the limit of the run; what the module declares can only be less
   */
  EndiveMemory(MemoryLimits declared, int largestPages) {
    if (declared.initialPages() > largestPages) {
      throw new IllegalArgumentException("initial memory is above the limit");
    }
    initialPages = declared.initialPages();
    maximumPages = Math.min(declared.maximumPages(), largestPages);
    pages = initialPages;
    granules = empty(initialPages);
  }

  private static byte[][] empty(int pages) {
    byte[][] granules = new byte[pages * GRANULES_PER_PAGE][];
    Arrays.fill(granules, ZERO);
    return granules;
  }

  /** True once the module asked for more than its limit. */
  boolean growthRefused() {
    return growthRefused;
  }

  @Override
  public int pages() {
    return pages;
  }

  @Override
  public int grow(int more) {
    RunEnded.ifInterrupted();
    if (more < 0 || more > maximumPages - pages) {
      growthRefused = true;
      return -1;
    }
    int before = pages;
    if (more > 0) {
      int length = granules.length;
      byte[][] larger = Arrays.copyOf(granules, (before + more) * GRANULES_PER_PAGE);
      Arrays.fill(larger, length, larger.length, ZERO);
      granules = larger;
      pages = before + more;
    }
    return before;
  }

  @Override
  public int initialPages() {
    return initialPages;
  }

  @Override
  public int maximumPages() {
    return maximumPages;
  }

  @Override
  public boolean shared() {
    return false;
  }

  @Override
  public void initialize(Instance instance, DataSegment[] dataSegments) {
    segments = dataSegments;
    for (DataSegment segment : dataSegments) {
      if (segment instanceof ActiveDataSegment active) {
        int offset = (int) ConstantEvaluators.computeConstantValue(instance, active.offsetInstructions())[0];
        write(offset, active.data(), 0, active.data().length);
      }
    }
  }

  @Override
  public void initPassiveSegment(int segment, int target, int offset, int size) {
    write(target, segments[segment].data(), offset, size);
  }

  @Override
  public void drop(int segment) {
    segments[segment] = PassiveDataSegment.EMPTY;
  }

  @Override
  public void write(int address, byte[] data, int offset, int size) {
    checkBounds(address, size);
    if (offset < 0 || offset > data.length - size) {
      throw outOfBounds();
    }
    int done = 0;
    while (done < size) {
      RunEnded.ifInterrupted();
      int in = (address + done) & MASK;
      int n = Math.min(size - done, GRANULE_BYTES - in);
      System.arraycopy(data, offset + done, writable((address + done) >>> GRANULE_BITS), in, n);
      done += n;
    }
  }

  @Override
  public byte[] readBytes(int address, int size) {
    checkBounds(address, size);
    byte[] data = new byte[size];
    int done = 0;
    while (done < size) {
      RunEnded.ifInterrupted();
      int in = (address + done) & MASK;
      int n = Math.min(size - done, GRANULE_BYTES - in);
      System.arraycopy(granules[(address + done) >>> GRANULE_BITS], in, data, done, n);
      done += n;
    }
    return data;
  }

  @Override
  public void fill(byte value, int from, int to) {
    checkBounds(from, to - from);
    int address = from;
    while (address < to) {
      RunEnded.ifInterrupted();
      int in = address & MASK;
      int n = Math.min(to - address, GRANULE_BYTES - in);
      if (value == 0 && n == GRANULE_BYTES) {
        granules[address >>> GRANULE_BITS] = ZERO;
      } else {
        Arrays.fill(writable(address >>> GRANULE_BITS), in, in + n, value);
      }
      address += n;
    }
  }

  /** Piece by piece, from the end where the target lies above the source, so that what is still to be read stays. */
  @Override
  public void copy(int target, int source, int size) {
    checkBounds(target, size);
    checkBounds(source, size);
    if (target > source) {
      for (int left = size; left > 0; ) {
        int n = Math.min(left, GRANULE_BYTES);
        left -= n;
        write(target + left, readBytes(source + left, n), 0, n);
      }
    } else {
      for (int done = 0; done < size; ) {
        int n = Math.min(size - done, GRANULE_BYTES);
        write(target + done, readBytes(source + done, n), 0, n);
        done += n;
      }
    }
  }

  /** Nothing to do: a memory is made for one instance. */
  @Override
  public void zero() {}

  @Override
  public byte read(int address) {
    try {
      return granules[address >>> GRANULE_BITS][address & MASK];
    } catch (ArrayIndexOutOfBoundsException outside) {
      throw outOfBounds();
    }
  }

  @Override
  public void writeByte(int address, byte value) {
    writable(address >>> GRANULE_BITS)[address & MASK] = value;
  }

  @Override
  public short readShort(int address) {
    int in = address & MASK;
    if (in > GRANULE_BYTES - 2) {
      checkBounds(address, 2);
      return (short) (read(address) & 0xff | read(address + 1) << 8);
    }
    try {
      return (short) SHORTS.get(granules[address >>> GRANULE_BITS], in);
    } catch (ArrayIndexOutOfBoundsException outside) {
      throw outOfBounds();
    }
  }

  @Override
  public void writeShort(int address, short value) {
    int in = address & MASK;
    if (in > GRANULE_BYTES - 2) {
      writeSlowly(address, value, 2);
    } else {
      SHORTS.set(writable(address >>> GRANULE_BITS), in, value);
    }
  }

  @Override
  public int readInt(int address) {
    int in = address & MASK;
    if (in > GRANULE_BYTES - 4) {
      return (int) readSlowly(address, 4);
    }
    try {
      return (int) INTS.get(granules[address >>> GRANULE_BITS], in);
    } catch (ArrayIndexOutOfBoundsException outside) {
      throw outOfBounds();
    }
  }

  @Override
  public void writeI32(int address, int value) {
    int in = address & MASK;
    if (in > GRANULE_BYTES - 4) {
      writeSlowly(address, value, 4);
    } else {
      INTS.set(writable(address >>> GRANULE_BITS), in, value);
    }
  }

  @Override
  public long readLong(int address) {
    int in = address & MASK;
    if (in > GRANULE_BYTES - 8) {
      return readSlowly(address, 8);
    }
    try {
      return (long) LONGS.get(granules[address >>> GRANULE_BITS], in);
    } catch (ArrayIndexOutOfBoundsException outside) {
      throw outOfBounds();
    }
  }

  @Override
  public void writeLong(int address, long value) {
    int in = address & MASK;
    if (in > GRANULE_BYTES - 8) {
      writeSlowly(address, value, 8);
    } else {
      LONGS.set(writable(address >>> GRANULE_BITS), in, value);
    }
  }

  @Override
  public long readU16(int address) {
    return readShort(address) & 0xffff;
  }

  @Override
  public float readFloat(int address) {
    return Float.intBitsToFloat(readInt(address));
  }

  @Override
  public long readF32(int address) {
    return readInt(address);
  }

  @Override
  public void writeF32(int address, float value) {
    writeI32(address, Float.floatToRawIntBits(value));
  }

  @Override
  public double readDouble(int address) {
    return Double.longBitsToDouble(readLong(address));
  }

  @Override
  public long readF64(int address) {
    return readLong(address);
  }

  @Override
  public void writeF64(int address, double value) {
    writeLong(address, Double.doubleToRawLongBits(value));
  }

  /** Threads are not admitted. */
  @Override
  @Deprecated
  @SuppressWarnings("removal")
  public Object lock(int address) {
    throw new UnsupportedOperationException();
  }

  @Override
  @Deprecated
  @SuppressWarnings("removal")
  public int waitOn(int address, int expected, long timeout) {
    throw new UnsupportedOperationException();
  }

  @Override
  @Deprecated
  @SuppressWarnings("removal")
  public int waitOn(int address, long expected, long timeout) {
    throw new UnsupportedOperationException();
  }

  @Override
  @Deprecated
  @SuppressWarnings("removal")
  public int notify(int address, int maxThreads) {
    throw new UnsupportedOperationException();
  }

  private byte[] writable(int index) {
    byte[] granule;
    try {
      granule = granules[index];
    } catch (ArrayIndexOutOfBoundsException outside) {
      throw outOfBounds();
    }
    if (granule == ZERO) {
      granule = new byte[GRANULE_BYTES];
      granules[index] = granule;
    }
    return granule;
  }

  private long readSlowly(int address, int bytes) {
    checkBounds(address, bytes);
    long value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      value = value << 8 | read(address + i) & 0xff;
    }
    return value;
  }

  private void writeSlowly(int address, long value, int bytes) {
    checkBounds(address, bytes);
    for (int i = 0; i < bytes; i++) {
      writeByte(address + i, (byte) (value >>> (8 * i)));
    }
  }

  private void checkBounds(int address, int size) {
    if (address < 0 || size < 0 || size > ((long) pages << 16) - address) {
      throw outOfBounds();
    }
  }

  private static WasmRuntimeException outOfBounds() {
    return new WasmRuntimeException("out of bounds memory access");
  }
}

package io.infrafabric.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What {@code fabric.json} in a run folder says: where the processes of a local fabric are. By it
 * another program finds the fabric, and stops it.
 *
 * @param folder the run folder
 * @param owner the process that started the fabric and stops it when it ends; none when detached
 * @param processes in the order of their start
 */
public record FabricRecord(Path folder, Optional<ProcessId> owner, List<Entry> processes) {
  private static final String FILE = "fabric.json";

  /** Copies the list. */
  public FabricRecord {
    processes = List.copyOf(processes);
  }

  /**
   * One process.
   *
   * @param name such as {@code etcd} or {@code coordinator-1}
   * @param address what clients connect to
   * @param id its process id
   * @param log the file of its output
   */
  public record Entry(String name, String address, ProcessId id, Path log) {}

  /** Returns the fabric that {@code <directory>/.fabric/current} points to, running or not. */
  public static Optional<FabricRecord> current(Path directory) {
    return RunFolder.current(directory)
        .map(RunFolder::path)
        .filter(folder -> Files.exists(folder.resolve(FILE)))
        .map(FabricRecord::read);
  }

  /** Returns the record in a run folder. */
  public static FabricRecord read(Path folder) {
    try {
      return FabricJson.parse(folder, Files.readString(folder.resolve(FILE)));
    } catch (IOException e) {
      throw new LocalRunException("cannot read " + folder.resolve(FILE), e);
    }
  }

  /** Returns whether any of its processes runs. */
  public boolean alive() {
    return processes.stream().anyMatch(entry -> entry.id().alive());
  }

  /** Returns the entry of that name. */
  public Optional<Entry> process(String name) {
    return processes.stream().filter(entry -> entry.name().equals(name)).findFirst();
  }

  /** Returns the endpoint of etcd. */
  public String etcdEndpoint() {
    return address("etcd");
  }

  /** Returns the URL of NATS. */
  public String natsUrl() {
    return address("nats");
  }

  /** Returns the gRPC target of the first service of a kind. */
  public String target(ServiceKind kind) {
    return address(kind.label() + "-1");
  }

  /**
   * Stops the fabric, the youngest process first: SIGTERM, and SIGKILL after the grace. Ends its
   * owner first, if it has one, which stops its children itself.
   */
  public void stop(Duration grace) {
    owner
        .flatMap(ProcessId::process)
        .filter(handle -> !handle.equals(ProcessHandle.current()))
        .ifPresent(handle -> stop(handle, grace.multipliedBy(processes.size())));
    for (Entry entry : processes.reversed()) {
      entry.id().process().ifPresent(handle -> stop(handle, grace));
    }
    new RunFolder(folder).dropCurrent();
  }

  void write() {
    Path file = folder.resolve(FILE);
    Path fresh = folder.resolve(FILE + ".new");
    try {
      Files.writeString(fresh, FabricJson.format(this));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new LocalRunException("cannot write " + file, e);
    }
  }

  private String address(String name) {
    return process(name)
        .map(Entry::address)
        .orElseThrow(() -> new LocalRunException("no " + name + " in " + folder.resolve(FILE)));
  }

  private static void stop(ProcessHandle process, Duration grace) {
    CompletableFuture<ProcessHandle> ended = process.onExit();
    process.destroy();
    Signal.CONT.send(process);
    ended.completeOnTimeout(process, grace.toNanos(), TimeUnit.NANOSECONDS).join();
    if (process.destroyForcibly()) {
      process.onExit().join();
    }
  }
}

package io.infrafabric.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A whole fabric on this machine: etcd, NATS, any number of coordinators, a governor and a chassis,
 * each a process that a test can kill, pause and restart. Closing stops the services, then NATS,
 * then etcd.
 */
public final class LocalFabric implements AutoCloseable {
  /**
   * Flags of JVMs that live for a minute or two: what the best code and the most collectors cost is never earned back.
   */
  public static final List<String> SHORT_LIVED = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private final RunFolder folder;
  private final EtcdCluster etcd;
  private final NatsServer nats;
  private final List<ServiceProcess> services;
  private final Consumer<String> progress;
  private final boolean current;
  private boolean detached;

  private LocalFabric(Builder builder) {
    this.progress = builder.progress;
    this.current = builder.current;
    this.folder = builder.folder;
    this.etcd = EtcdCluster.in(folder.path(), builder.etcdMembers);
    this.etcd.members().forEach(member -> member.quota(builder.etcdQuotaBytes));
    this.nats = NatsServer.in(folder.path().resolve("nats"));
    this.services = builder.services(etcd, nats);
  }

  /** Returns a builder for a fabric of the services built in the given repository. */
  public static Builder of(Path repository) {
    return new Builder(repository);
  }

  /** What to start; everything but the repository has a default. */
  public static final class Builder {
    private final Path repository;
    private final Map<String, String> settings = new HashMap<>();
    private final Set<ServiceKind> left = EnumSet.noneOf(ServiceKind.class);
    private final List<String> jvmFlags = new ArrayList<>();
    private RunFolder folder;
    private int coordinators = 1;
    private int etcdMembers = 1;
    private UnaryOperator<String> toEtcd = endpoints -> endpoints;
    private UnaryOperator<String> toNats = url -> url;
    private long etcdQuotaBytes;
    private Consumer<String> progress = message -> {};
    private boolean current = true;

    private Builder(Path repository) {
      this.repository = repository.toAbsolutePath();
    }

    /**
     * Keeps the run in a new folder {@code <directory>/.fabric/run-<time>}; the default is the
     * repository.
     */
    public Builder under(Path directory) {
      folder = RunFolder.create(directory);
      return this;
    }

    /** Keeps the run in exactly this folder, with the data that is already there. */
    public Builder folder(Path runFolder) {
      folder = new RunFolder(runFolder.toAbsolutePath());
      return this;
    }

    /** Leaves the current fabric what it is: another program neither finds nor stops this one. */
    public Builder beside() {
      current = false;
      return this;
    }

    /** Starts this many coordinators; the default is 1. */
    public Builder coordinators(int count) {
      coordinators = count;
      return this;
    }

    /** Starts an etcd cluster of this many members; the default is 1. */
    public Builder etcdMembers(int count) {
      etcdMembers = count;
      return this;
    }

    /** Gives etcd this quota, and tells the services. */
    public Builder etcdQuota(long bytes) {
      etcdQuotaBytes = bytes;
      return setting("IF_STORAGE_QUOTA_BYTES", Long.toString(bytes));
    }

    /** Leaves a kind of service out. */
    public Builder without(ServiceKind kind) {
      left.add(kind);
      return this;
    }

    /** Gives every service one more setting, {@code IF_*}, {@code OTEL_*} or any other variable. */
    public Builder setting(String variable, String value) {
      settings.put(variable, value);
      return this;
    }

    /** Gives the JVM of every service one more flag, such as {@code -Xmx4g}. */
    public Builder jvmFlag(String flag) {
      jvmFlags.add(flag);
      return this;
    }

    /** Starts services that soon do what they can, for a fabric that lives for a minute or two. */
    public Builder shortLived() {
      jvmFlags.addAll(SHORT_LIVED);
      return this;
    }

    /**
     * Tells the services another way to etcd and to NATS than the servers' own addresses, through
     * proxies that a test has opened.
     */
    public Builder through(UnaryOperator<String> etcd, UnaryOperator<String> nats) {
      toEtcd = etcd;
      toNats = nats;
      return this;
    }

    /** Tells the consumer what was started, a line each. */
    public Builder progress(Consumer<String> consumer) {
      progress = consumer;
      return this;
    }

    /**
     * Starts everything and returns when all of it is ready; stops what it started if anything
     * fails.
     */
    public LocalFabric start() {
      if (folder == null) {
        under(repository);
      }
      var fabric = new LocalFabric(this);
      try {
        fabric.start();
        return fabric;
      } catch (RuntimeException | Error e) {
        fabric.close();
        throw e;
      }
    }

    private List<ServiceProcess> services(EtcdCluster etcd, NatsServer nats) {
      var wiring = new ServiceWiring(toEtcd.apply(etcd.endpoints()), toNats.apply(nats.address()), coordinators);
      var witness = new WitnessFolder(folder.path().resolve("witness"));
      return wiring.services().stream()
          .filter(service -> !left.contains(service.kind()))
          .map(service -> {
            var all = new HashMap<String, String>();
            if (service.kind() == ServiceKind.GOVERNOR) {
              all.putAll(witness.settings(service.name()));
            }
            all.putAll(settings);
            all.putAll(service.settings());
            return new ServiceProcess(
                service.name(), service.kind(), repository, folder.logs(), service.port(), all, jvmFlags);
          })
          .toList();
    }
  }

  private void start() {
    processes().forEach(process -> process.onStart(this::record));
    etcd.start();
    for (EtcdServer member : etcd.members()) {
      progress.accept("etcd %s on %s".formatted(member.version(), plain(member.address())));
    }
    nats.start();
    progress.accept("NATS %s on %s".formatted(nats.version(), plain(nats.address())));
    services.forEach(ServerProcess::launch);
    for (ServiceProcess service : services) {
      service.awaitReady();
      progress.accept("%s on %s".formatted(service.name(), service.address()));
    }
    if (current) {
      folder.makeCurrent();
    }
  }

  /** Returns the folder of this run: data, logs and {@code fabric.json}. */
  public Path folder() {
    return folder.path();
  }

  /** Returns the folder of the governor's witness log. */
  public Path witness() {
    return folder.path().resolve("witness").resolve(governor().name());
  }

  /** Returns etcd, the first member where it is a cluster. */
  public EtcdServer etcd() {
    return etcd.members().getFirst();
  }

  /** Returns all members of etcd, at least one. */
  public List<EtcdServer> etcdMembers() {
    return etcd.members();
  }

  /** Returns NATS. */
  public NatsServer nats() {
    return nats;
  }

  /** Returns the coordinators, at least one. */
  public List<ServiceProcess> coordinators() {
    return services(ServiceKind.COORDINATOR);
  }

  /** Returns the governor. */
  public ServiceProcess governor() {
    return services(ServiceKind.GOVERNOR).getFirst();
  }

  /** Returns the chassis. */
  public ServiceProcess chassis() {
    return services(ServiceKind.CHASSIS).getFirst();
  }

  /** Returns all processes in the order of their start. */
  public List<ServerProcess> processes() {
    return Stream.of(etcd.members(), List.of(nats), services)
        .<ServerProcess>flatMap(List::stream)
        .toList();
  }

  /**
   * Stops one process, starts it again with the same ports and data, and returns when it is ready.
   */
  public void restart(ServerProcess process) {
    process.restart();
    progress.accept("%s restarted on %s".formatted(process.name(), plain(process.address())));
  }

  /** Lets the fabric live on after this JVM; {@link FabricRecord} finds and stops it. */
  public void detach() {
    detached = true;
    processes().forEach(process -> process.child().detach());
    record();
  }

  /** Stops the services together, then NATS, then etcd. Does nothing for a detached fabric. */
  @Override
  public void close() {
    if (detached) {
      return;
    }
    services.forEach(ServerProcess::terminate);
    services.forEach(ServerProcess::stop);
    nats.stop();
    etcd.close();
    folder.dropCurrent();
  }

  private List<ServiceProcess> services(ServiceKind kind) {
    return services.stream().filter(service -> service.kind() == kind).toList();
  }

  private void record() {
    var entries = new ArrayList<FabricRecord.Entry>();
    for (ServerProcess process : processes()) {
      if (process.alive()) {
        entries.add(
            new FabricRecord.Entry(
                process.name(), process.address(), process.child().id(), process.log()));
      }
    }
    Optional<ProcessId> owner =
        detached ? Optional.empty() : Optional.of(ProcessId.of(ProcessHandle.current()));
    new FabricRecord(folder.path(), owner, entries).write();
  }

  private static String plain(String address) {
    return address.substring(address.indexOf("//") + 2);
  }
}

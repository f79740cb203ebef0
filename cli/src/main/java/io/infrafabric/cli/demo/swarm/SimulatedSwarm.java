package io.infrafabric.cli.demo.swarm;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.cli.fabric.Addresses;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.OpenSessionResponse;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.kit.telemetry.Telemetry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One swarm with connections of its own: a session over gRPC, offers over NATS, and seven agents that share them. An agent
 * that hears nothing for a while asks, because a doorbell may be lost.
 */
final class SimulatedSwarm implements AutoCloseable {
  static final int AGENTS = 7;

  /** Half a dollar. */
  static final long BUDGET_MICROS = 500_000;

  private static final int CHEAP_AGENTS = 5;
  private static final int WAITING_OFFERS = 256;
  private static final Duration IDLE = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String id;
  private final List<String> skills;
  private final FabricClients clients;
  private final NatsBus bus;
  private final Telemetry telemetry;
  private final BlockingQueue<String> offers = new ArrayBlockingQueue<>(WAITING_OFFERS);
  private final List<Thread> agents = new ArrayList<>();
  private SwarmIdentity identity;
  private Subscription subscription;
  private Periodic keepAlive;
  private volatile boolean ending;

  SimulatedSwarm(String id, List<String> skills, Addresses addresses, Telemetry telemetry) {
    this.id = id;
    this.skills = skills;
    this.clients = new FabricClients(addresses);
    this.bus = NatsBus.start(NatsSettings.of(addresses.nats()), "demo-" + id, telemetry);
    this.telemetry = telemetry;
  }

  /** Registers, gets its budget, opens its session and listens for offers. */
  void join() throws InterruptedException {
    String requestId = Requests.newId();
    Manifest manifest =
        Manifest.newBuilder()
            .setSwarmId(id)
            .addAllCapabilities(skills)
            .setModel("haiku")
            .setCostPerHourMicros(2_000_000)
            .setMaxConcurrent(AGENTS)
            .setDescription("simulated: %d cheap agents, %d dear".formatted(CHEAP_AGENTS, AGENTS - CHEAP_AGENTS))
            .build();
    var register = RegisterSwarmRequest.newBuilder().setRequestId(requestId).setManifest(manifest).build();
    Requests.retrying(PATIENCE, () -> clients.registry().registerSwarm(register));
    var grant = GrantRequest.newBuilder().setRequestId(requestId).setAccountId(id).setAmountMicros(BUDGET_MICROS).build();
    Requests.retrying(PATIENCE, () -> clients.accounts().grant(grant));
    if (!bus.awaitConnected(PATIENCE)) {
      throw new IllegalStateException("swarm %s cannot reach NATS".formatted(id));
    }
    openSession();
  }

  private void openSession() {
    var open = OpenSessionRequest.newBuilder().setRequestId(Requests.newId()).setSwarmId(id).build();
    OpenSessionResponse session = Requests.retrying(PATIENCE, () -> clients.sessions().openSession(open));
    identity = new SwarmIdentity(id, session.getSessionId());
    subscription = bus.subscribe(session.getOfferSubject(), this::ring);
    Duration third = Duration.ofMillis(Math.max(500, Durations.toMillis(session.getTtl()) / 3));
    keepAlive = Periodic.start("keep-alive-" + id, third, this::keepAlive);
  }

  private void keepAlive() {
    clients
        .sessions()
        .keepAlive(
            KeepAliveRequest.newBuilder()
                .setRequestId(Requests.newId())
                .setSwarmId(id)
                .setSessionId(identity.sessionId())
                .build());
  }

  private void ring(BusMessage message) {
    try {
      Offer.Builder offer = Offer.newBuilder();
      JsonFormat.parser().ignoringUnknownFields().merge(new String(message.body(), StandardCharsets.UTF_8), offer);
      boolean ignored = !offers.offer(offer.getTaskId()); // a full queue: the agents will ask
    } catch (InvalidProtocolBufferException notAnOffer) {
      throw new IllegalStateException("not an offer on " + message.subject(), notAnOffer);
    }
  }

  /** Starts the agents; what stops one of them is told to {@code trouble}. */
  void work(ClaimTimes times, long seed, Consumer<String> trouble) {
    for (int i = 1; i <= AGENTS; i++) {
      Door door = i % 2 == 0 ? new NatsDoor(bus) : new GrpcDoor(clients.claims());
      Model model = i <= CHEAP_AGENTS ? Model.HAIKU : Model.SONNET;
      Agent agent = new Agent(id + "-a" + i, model, door, identity, telemetry.traces(), times, seed);
      agents.add(Threads.startVirtual(agent.name(), () -> live(agent, trouble)));
    }
  }

  private void live(Agent agent, Consumer<String> trouble) {
    try {
      while (!ending) {
        String offered = offers.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
        if (ending) {
          return;
        } else if (offered != null) {
          agent.answer(offered);
        } else {
          agent.pull();
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException failure) {
      if (!ending) {
        trouble.accept("agent %s stopped: %s".formatted(agent.name(), failure.getMessage()));
      }
    }
  }

  /** Lets the agents finish what they do, closes the session and the connections. */
  @Override
  public void close() {
    ending = true;
    try {
      for (Thread agent : agents) {
        agent.join(PATIENCE);
      }
      leave();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException away) {
      // The session ends by itself when its time to live is over.
    } finally {
      bus.close();
      clients.close();
    }
  }

  private void leave() {
    if (keepAlive != null) {
      keepAlive.close();
      subscription.close();
      clients
          .sessions()
          .closeSession(
              CloseSessionRequest.newBuilder()
                  .setRequestId(Requests.newId())
                  .setSwarmId(id)
                  .setSessionId(identity.sessionId())
                  .build());
    }
  }
}

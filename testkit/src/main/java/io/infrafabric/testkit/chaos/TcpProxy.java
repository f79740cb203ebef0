package io.infrafabric.testkit.chaos;

import io.infrafabric.kit.lifecycle.Threads;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between the services and a server. It can cut every connection, make each answer late, and be deaf: pass on what is
 * asked and let no answer through, so that what was asked is done and nobody hears of it.
 */
final class TcpProxy implements AutoCloseable {
  private static final int BUFFER = 64 * 1024;
  private static final int CONNECT_MILLIS = 1_000;

  private final ServerSocket server;
  private final InetSocketAddress target;
  private final Pump asking;
  private final Pump answering;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile boolean deaf;
  private volatile long lateMillis;
  private final AtomicLong lost = new AtomicLong();
  private final AtomicLong late = new AtomicLong();

  /** Carries one direction of a connection until it ends. */
  interface Pump {
    void run(InputStream from, OutputStream to) throws IOException;
  }

  private final class Link implements AutoCloseable {
    private final Socket client;
    private final Socket upstream;

    Link(Socket client, Socket upstream) {
      this.client = client;
      this.upstream = upstream;
    }

    void start() throws IOException {
      pump(asking, client.getInputStream(), upstream.getOutputStream());
      pump(answering, upstream.getInputStream(), answers(client.getOutputStream()));
    }

    private void pump(Pump pump, InputStream from, OutputStream to) {
      Threads.startVirtual(
          "proxy",
          () -> {
            try {
              pump.run(from, to);
            } catch (IOException gone) {
              // either side has ended it; the other is told by the close
            } finally {
              close();
            }
          });
    }

    @Override
    public void close() {
      links.remove(this);
      closeQuietly(client);
      closeQuietly(upstream);
    }
  }

  private TcpProxy(ServerSocket server, InetSocketAddress target, Pump asking, Pump answering) {
    this.server = server;
    this.target = target;
    this.asking = asking;
    this.answering = answering;
  }

  /** A proxy to this port of loopback, which passes everything on as it is. */
  static TcpProxy to(int port) {
    return to(port, TcpProxy::copy, TcpProxy::copy);
  }

  /** A proxy whose pumps do what they want to what passes. */
  static TcpProxy to(int port, Pump asking, Pump answering) {
    try {
      ServerSocket server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
      TcpProxy proxy = new TcpProxy(server, new InetSocketAddress(InetAddress.getLoopbackAddress(), port), asking, answering);
      Threads.start("proxy-" + port, proxy::accept);
      return proxy;
    } catch (IOException noPort) {
      throw new IllegalStateException(noPort);
    }
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (stop.getCount() > 0) {
      try {
        Socket client = server.accept();
        Threads.startVirtual("proxy-connect", () -> connect(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void connect(Socket client) {
    Socket upstream = new Socket(Proxy.NO_PROXY);
    try {
      upstream.connect(target, CONNECT_MILLIS);
      client.setTcpNoDelay(true);
      upstream.setTcpNoDelay(true);
      Link link = new Link(client, upstream);
      links.add(link);
      link.start();
    } catch (IOException nobodyThere) {
      closeQuietly(client);
      closeQuietly(upstream);
    }
  }

  private static void copy(InputStream from, OutputStream to) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
      to.write(buffer, 0, read);
      to.flush();
    }
  }

  /** What an answer goes through. */
  private OutputStream answers(OutputStream client) {
    return new OutputStream() {
      @Override
      public void write(int single) throws IOException {
        write(new byte[] {(byte) single}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int from, int count) throws IOException {
        if (lateMillis > 0) {
          late.incrementAndGet();
          await(lateMillis);
        }
        if (deaf) {
          lost.incrementAndGet();
        } else {
          client.write(bytes, from, count);
        }
      }

      @Override
      public void flush() throws IOException {
        client.flush();
      }
    };
  }

  private void await(long millis) throws IOException {
    try {
      stop.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  /** Lets no answer through for this long, and then cuts the connections; how many pieces of answers were lost. */
  long deafen(Duration time) throws InterruptedException {
    long before = lost.get();
    deaf = true;
    stop.await(time.toMillis(), TimeUnit.MILLISECONDS);
    cut();
    deaf = false;
    return lost.get() - before;
  }

  /** Makes each answer late for this long; how many pieces of answers were. */
  long delay(Duration each, Duration time) throws InterruptedException {
    long before = late.get();
    lateMillis = each.toMillis();
    stop.await(time.toMillis(), TimeUnit.MILLISECONDS);
    lateMillis = 0;
    return late.get() - before;
  }

  /** Makes each answer late until told otherwise. */
  void late(Duration each) {
    lateMillis = each.toMillis();
  }

  /** Ends every connection; how many there were. */
  int cut() {
    List<Link> all = List.copyOf(links);
    all.forEach(Link::close);
    return all.size();
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception alreadyGone) {
      // that is what was wanted
    }
  }

  @Override
  public void close() {
    stop.countDown();
    closeQuietly(server);
    cut();
  }
}

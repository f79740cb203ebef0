package io.infrafabric.testkit.chaos;

import io.infrafabric.local.EtcdServer;
import io.infrafabric.local.NatsServer;
import io.infrafabric.local.ServerProcess;
import io.infrafabric.local.ServiceProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Asks a server whether it lives, past all proxies: one that is dead refuses, and one that is frozen takes the connection and says nothing. */
final class Pulse {
  private static final int PATIENCE_MILLIS = 250;

  /** The preface of HTTP/2 with empty SETTINGS, to which a server answers with its own. */
  static final byte[] HTTP2 = concat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "000000040000000000");

  static final byte[] HTTP1 = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  static final byte[] NOTHING = {};

  private Pulse() {}

  private static byte[] concat(String text, String hex) {
    byte[] head = text.getBytes(StandardCharsets.US_ASCII);
    byte[] frame = HexFormat.of().parseHex(hex);
    byte[] all = new byte[head.length + frame.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(frame, 0, all, head.length, frame.length);
    return all;
  }

  /** Whether it says anything within a quarter of a second. */
  static boolean beats(ServerProcess process) {
    return switch (process) {
      case EtcdServer etcd -> answers(etcd.port(), HTTP1);
      case NatsServer nats -> answers(nats.port(), NOTHING); // it speaks first
      case ServiceProcess service -> answers(service.port(), HTTP2);
    };
  }

  static boolean answers(int port, byte[] greeting) {
    try (Socket socket = new Socket(Proxy.NO_PROXY)) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(greeting);
      return socket.getInputStream().read() >= 0;
    } catch (IOException silent) {
      return false;
    }
  }
}

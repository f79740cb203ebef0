package io.infrafabric.governor.webhook;

/**
 * What is sent to a webhook.
 *
 * @param id the same with every try: a sink that has acknowledged it and whose answer was lost knows it again
 * @param unixSeconds when it is signed
 * @param signature over the three
 */
record Post(String id, long unixSeconds, byte[] body, String signature) {}

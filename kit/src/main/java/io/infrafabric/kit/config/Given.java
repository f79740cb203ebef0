package io.infrafabric.kit.config;

/**
 * The text of a value and where it comes from.
 *
 * @param source such as {@code --etcd-endpoints}, {@code IF_ETCD_ENDPOINTS}, {@code file if.yaml} or {@code default}
 */
record Given(String text, String source) {}

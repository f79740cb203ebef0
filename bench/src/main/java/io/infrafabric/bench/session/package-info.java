/** What many sessions cost while they live, and what their end does to everybody else's claims. */
package io.infrafabric.bench.session;

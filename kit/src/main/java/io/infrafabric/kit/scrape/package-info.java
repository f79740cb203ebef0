/** The door for whoever scrapes metrics: plain HTTP, off unless a setting names an address. */
package io.infrafabric.kit.scrape;

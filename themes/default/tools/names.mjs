// Writes ../locales/names.<locale>.json from the CLDR data inside Node: `node names.mjs`.
import { writeFileSync } from "node:fs";

const region = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
// CLDR knows a few regions that ISO 3166-1 doesn't assign.
const unassigned = new Set(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ",
  "AN", "BU", "CS", "DD", "FX", "NT", "QU", "SU", "TP", "UK", "VD", "YD", "YU", "ZR", "DY", "HV", "NH", "RH"]);
const countries = letters.flatMap((a) => letters.map((b) => a + b)).filter((c) => region.of(c) && !unassigned.has(c));
const languages = ["ar", "ca", "cs", "da", "de", "el", "en", "es", "eu", "fi", "fr", "gl", "hu", "it", "ja", "ko", "nb",
  "nl", "pl", "pt", "pt-BR", "ro", "ru", "sv", "tr", "uk", "zh"];
const currencies = ["EUR", "USD", "GBP", "BRL", "MXN", "ARS", "CLP", "COP", "PEN", "UYU", "BOB", "CRC", "DOP", "GTQ",
  "PYG", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "UAH", "TRY", "CAD", "AUD", "NZD", "JPY", "CNY", "INR",
  "SGD", "HKD", "KRW", "ILS", "ZAR", "AED"];

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
for (const locale of ["en", "es", "pt-BR"]) {
  const names = (type, codes) => {
    const display = new Intl.DisplayNames(locale, { type });
    return Object.fromEntries(codes.map((code) => [code, capital(display.of(code))]));
  };
  const data = {
    countries: names("region", countries),
    languages: names("language", languages),
    currencies: names("currency", currencies),
  };
  writeFileSync(new URL(`../locales/names.${locale}.json`, import.meta.url), `${JSON.stringify(data, null, 1)}\n`);
  console.log(locale, countries.length);
}

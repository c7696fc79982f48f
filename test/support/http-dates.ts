// The three formats of RFC 9110, section 5.6.7, as a server writes them.

const LONG_WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
export function asImfFixdate(instant: number): string {
  return new Date(instant).toUTCString();
}

/** `Sunday, 06-Nov-94 08:49:37 GMT` */
export function asRfc850Date(instant: number): string {
  const [, day = "", month = "", year = "", time = ""] = asImfFixdate(instant).split(" ");
  const weekday = LONG_WEEKDAYS[new Date(instant).getUTCDay()] ?? "";
  return `${weekday}, ${day}-${month}-${year.slice(-2)} ${time} GMT`;
}

/** `Sun Nov  6 08:49:37 1994` */
export function asAsctimeDate(instant: number): string {
  const [weekday = "", day = "", month = "", year = "", time = ""] = asImfFixdate(instant).split(" ");
  return `${weekday.slice(0, 3)} ${month} ${day.replace(/^0/, " ")} ${time} ${year}`;
}

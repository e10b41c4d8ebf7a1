/** The local time, with the directives of Python's `strftime` that chat templates use; others stay as they are. */
export function strftime(date: Date, format: string): string {
  return format.replaceAll(/%[YmdbBHM%]/g, (directive) => {
    switch (directive) {
      case '%Y':
        return String(date.getFullYear());
      case '%m':
        return twoDigits(date.getMonth() + 1);
      case '%d':
        return twoDigits(date.getDate());
      case '%b':
        return date.toLocaleString('en', { month: 'short' });
      case '%B':
        return date.toLocaleString('en', { month: 'long' });
      case '%H':
        return twoDigits(date.getHours());
      case '%M':
        return twoDigits(date.getMinutes());
      default:
        return '%';
    }
  });
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** What the list of devices shows for this browser: "Firefox", "Linux". */
export function deviceName(): { name: string; platform: string } {
  const agent = navigator.userAgent;
  const name = /Edg\//.test(agent)
    ? 'Edge'
    : /Firefox\//.test(agent)
      ? 'Firefox'
      : /Chrome\//.test(agent)
        ? 'Chrome'
        : /Safari\//.test(agent)
          ? 'Safari'
          : 'Browser';
  const known = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'];
  return { name, platform: known.find((one) => agent.includes(one)) ?? 'Web' };
}

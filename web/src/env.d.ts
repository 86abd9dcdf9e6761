declare module 'virtual:emoji/*' {
  const emoji: { emoji: string; name: string; tags: string[] }[];
  export default emoji;
}

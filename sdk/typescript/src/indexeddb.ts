export { IndexedDbStore } from './store/indexeddb.js';

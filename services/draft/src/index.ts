export { DraftService } from './draft-service.ts';

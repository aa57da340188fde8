export { ScorerService, type ScoringRoute } from './scorer-service.ts';

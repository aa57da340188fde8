export { type EscalationPlan, EscalationService } from './escalation-service.ts';

export { judgeOpinion } from './judge-opinion.ts';
export { judgeRequest } from './judge-request.ts';
